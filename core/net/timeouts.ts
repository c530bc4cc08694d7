/** Silences and delays after which a connection is over. Values and names: Zeek, scripts/base/init-bare.zeek. */
const SECOND = 1e9;

/** `udp_inactivity_timeout` */
export const UDP_TIMEOUT_NS = 60 * SECOND;
/** `dns_session_timeout`: UDP on the ports of DNS. Zeek looks in steps of this, by whatever packet comes then. */
export const DNS_TIMEOUT_NS = 10 * SECOND;
/** `icmp_inactivity_timeout` */
export const ICMP_TIMEOUT_NS = 60 * SECOND;
/** `unknown_ip_inactivity_timeout` */
export const OTHER_TIMEOUT_NS = 60 * SECOND;
/** `tcp_inactivity_timeout`: once one side has answered. Before, TCP has UDP's. */
export const TCP_TIMEOUT_NS = 300 * SECOND;
/** `tcp_attempt_delay`: an unanswered SYN is given up after this. */
export const TCP_ATTEMPT_NS = 5 * SECOND;
/** `tcp_close_delay`: a closed connection still takes in packets for this long. */
export const TCP_CLOSE_NS = 5 * SECOND;
/** `tcp_connection_linger`: with a reset seen but octets missing, the connection is over after this silence. */
export const TCP_LINGER_NS = 5 * SECOND;
/** `Tunnel::ip_tunnel_timeout`: silence after which an IP-in-IP or GRE tunnel is a new one. */
export const IP_TUNNEL_TIMEOUT_NS = 24 * 3600 * SECOND;

/**
 * A sweep ends a connection only this long after its time is up. Packets of one connection that come out of order by less than this
 * find it as if there were no sweeps.
 */
export const SWEEP_SLACK_NS = 2 * SECOND;

/** True for responders' UDP ports that Zeek's DNS analyzer is bound to (scripts/base/protocols/dns/main.zeek). */
export function isDnsPort(port: number): boolean {
  return port === 53 || port === 137 || port === 5353 || port === 5355;
}
