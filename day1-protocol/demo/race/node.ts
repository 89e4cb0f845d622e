import { WebSocket } from 'ws';
import type { Platform, Stream } from './clients.ts';

/*
 * A request of Node's own fetch has about 190 bytes, a request of Chromium about 500. These clients send Chromium's headers,
 * so that their bytes can be compared with a page's. A site's cookies would be added to each request.
 */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const COMMON = {
  'User-Agent': USER_AGENT,
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9',
};

function fetchHeaders(origin: string): Record<string, string> {
  return {
    ...COMMON,
    'sec-ch-ua': '"Not:A-Brand";v="8", "Chromium";v="156"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Linux"',
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Dest': 'empty',
    Referer: `${origin}/`,
  };
}

/** What the clients need in Node, with a browser's request headers. */
export function nodePlatform(origin: string): Platform {
  const headers = fetchHeaders(origin);

  class EventStream implements Stream {
    onmessage: Stream['onmessage'] = null;
    onerror: Stream['onerror'] = null;
    readonly #end = new AbortController();

    constructor(url: string) {
      this.#read(url).catch((error) => this.onerror?.(error));
    }

    close(): void {
      this.#end.abort();
    }

    /** Reads the part of the format that this server uses. Node's own EventSource needs a flag. */
    async #read(url: string): Promise<void> {
      const streamHeaders = {
        ...headers,
        Accept: 'text/event-stream',
        'Cache-Control': 'no-cache',
        Pragma: 'no-cache',
      };
      const { body } = await fetch(url, { headers: streamHeaders, signal: this.#end.signal });
      let text = '';
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.onmessage?.({ data: /^data: (.*)$/m.exec(block)?.[1] });
      }
      throw new Error('The server ended the event stream.');
    }
  }

  class BrowserLikeWebSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { ...COMMON, Origin: origin, 'Cache-Control': 'no-cache', Pragma: 'no-cache' } });
    }
  }

  return {
    fetch: (url, init) => fetch(url, { ...init, headers }),
    EventSource: EventStream,
    WebSocket: BrowserLikeWebSocket,
  };
}
