/** Chromium's headers. With Node's own, a request would have half as many bytes as a page's. A site's cookies would add more. */
const COMMON = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9',
};
/** For a WebSocket handshake. */
export const socketHeaders = (port: number) => ({
  ...COMMON,
  Origin: `http://127.0.0.1:${port}`,
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache',
});
/** For a request by XMLHttpRequest. */
export const requestHeaders = (port: number) => ({
  ...COMMON,
  Accept: '*/*',
  Referer: `http://127.0.0.1:${port}/`,
  'sec-ch-ua': '"Not:A-Brand";v="8", "Chromium";v="156"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'empty',
});
