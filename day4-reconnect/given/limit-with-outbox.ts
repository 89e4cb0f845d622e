import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';

/** Makes a rate limit for a client with an outbox. After an outage it joins, and at once sends up to 100 messages that have waited. */
export const limitWithOutbox = (): RateLimit => new RateLimit({ burst: 150 });
