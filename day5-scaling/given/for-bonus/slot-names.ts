/**
 * A Redis Cluster divides all keys and shard channels into 16,384 slots, by a checksum of their names. If a name contains a hash tag,
 * such as `{a}`, only the part in the braces counts. So names with the same tag are always in the same slot.
 *
 * @returns the name of a channel in which braces have no meaning: they are written as `%7B` and `%7D`, and `%` as `%25`
 */
export const shardChannelOf = (channel: string): string =>
  channel.replace(/[%{}]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The key of a channel's stream. On a cluster, the stream is in the slot of the channel, because its hash tag is the channel's name. */
export const streamOf = (channel: string): string => `{${shardChannelOf(channel)}}:log`;
