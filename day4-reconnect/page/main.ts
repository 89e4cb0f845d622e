import { freshToken } from '#day4/bonus/fresh-token.ts';
import { followNetwork } from '#day4/bonus/network.ts';
import { Outbox } from '#day4/bonus/outbox.ts';
import { ReconnectingClient } from '#day4/reconnecting-client.ts';
import { startPage } from './app.ts';

startPage({ ReconnectingClient, Outbox, freshToken, followNetwork });
