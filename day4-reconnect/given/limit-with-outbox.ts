import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';

/**
 * Makes a rate limit for one connection of a client with an outbox. After an outage it joins, and at once sends up to 100 messages that have
 * waited. Somebody who connects again and again gets a new limit each time: how many connections one address may open is up to your proxy.
 */
export const limitWithOutbox = (): RateLimit => new RateLimit({ burst: 150 });
