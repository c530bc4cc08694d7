/** What can be wrong with MySQL. */
export const MYSQL_WEIRDS = ["mysql_compressed_protocol"] as const;
