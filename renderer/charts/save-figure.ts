import { captionedSvg } from "../../core/figures/captioned.ts";

/** Properties that style sheets give to marks and that a file must say itself. */
const PROPERTIES = [
  "fill",
  "fill-opacity",
  "fill-rule",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linejoin",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "visibility",
];

/** Pixels of a PNG for one of the page. */
const SCALE = 2;

/** An SVG of the page as a document that needs no style sheet, with its caption. */
export function svgDocument(node: SVGSVGElement, caption: readonly string[]): ReturnType<typeof captionedSvg> {
  const box = node.getBoundingClientRect();
  const [width, height] = [box.width, box.height];
  const copy = node.cloneNode(true) as SVGSVGElement;
  const from = [node, ...node.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [i, source] of from.entries()) {
    const target = to[i]!;
    const style = getComputedStyle(source);
    for (const name of PROPERTIES) target.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "style", "role", "tabindex", "aria-label", "aria-pressed"])
      target.removeAttribute(name);
  }
  for (const hidden of copy.querySelectorAll('[visibility="hidden"]')) hidden.remove();
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return captionedSvg({
    figure: { svg: new XMLSerializer().serializeToString(copy) },
    width,
    height,
    caption,
    ...groundAndInk(),
  });
}

/** Colours of the theme that is shown, as files take them. */
export function groundAndInk(): { readonly ground: string; readonly ink: string } {
  const style = getComputedStyle(document.body);
  return { ground: style.backgroundColor, ink: style.color };
}

/** Draws an SVG document with the browser's own means. */
export async function pngOf({ svg, width, height }: ReturnType<typeof captionedSvg>): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * SCALE;
    canvas.height = height * SCALE;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob === null ? reject(new Error("The picture is too large to draw.")) : resolve(blob))),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** SHA-256 in hex. */
export async function sha256Of(data: BufferSource): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return [...hash].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Hands a file to the browser, or to Electron's save dialog. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
