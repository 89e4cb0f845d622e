/** Frames that no WebSocket library would send: what each is, its bytes, and the close code with which ws answers it. */
export const RUDE_FRAMES: { what: string; bytes: number[]; code: number }[] = [
  { what: 'text without a mask', bytes: [0x81, 0x02, 0x48, 0x69], code: 1002 },
  { what: 'a reserved bit', bytes: [0xc1, 0x82, 1, 2, 3, 4, 0x49, 0x6b], code: 1002 },
  { what: 'opcode 3, which is reserved', bytes: [0x83, 0x82, 1, 2, 3, 4, 0x49, 0x6b], code: 1002 },
  { what: 'a ping that announces 126 bytes', bytes: [0x89, 0xfe, 0x00, 0x7e, 1, 2, 3, 4], code: 1002 },
  { what: 'binary that announces 16 MiB', bytes: [0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4], code: 1009 },
];
