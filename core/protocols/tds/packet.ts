/** Types of packets. MS-TDS 2.2.3.1.1 */
export const PACKET = {
  batch: 1,
  rpc: 3,
  answer: 4,
  attention: 6,
  bulk: 7,
  transaction: 14,
  login7: 16,
  sspi: 17,
  prelogin: 18,
} as const;
