/**
 * Sends bytes as they are, and gives all that comes back until the server closes, or has said nothing for a
 * while: for requests whose end may be a matter of opinion.
 *
 * @returns one letter a byte.
 */
export async function rawExchange(serverUrl: string, bytes: Uint8Array, silentMs: number): Promise<string> {
  const { hostname, port } = new URL(serverUrl);
  const ended = Promise.withResolvers<void>();
  let text = "";
  let timer: Timer | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(ended.resolve, silentMs);
  };
  let unsent = bytes;
  const flush = (socket: Bun.Socket) => {
    unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
    wait();
  };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: flush,
      drain: flush,
      data: (_, chunk) => {
        text += Buffer.from(chunk).toString("latin1");
        wait();
      },
      close: () => ended.resolve(),
      error: () => ended.resolve(),
    },
  });
  await ended.promise;
  clearTimeout(timer);
  socket.terminate();
  return text;
}
