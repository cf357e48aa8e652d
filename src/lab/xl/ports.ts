/**
 * The serial ports between this machine and dom0: each is a socket on which QEMU calls, and
 * /dev/lab/<name> in dom0.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** Dom0 has this one as a terminal, too: /dev/hvc1. */
export const promptPort = 'prompt';

/** Names of domains can be those of other files in the folder. */
const fileOf = (name: string) => `port-${name}`;

export class Ports implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly #sockets = new Map<string, Socket>();
  readonly #arrivals = new Map<string, Promise<Socket>>();

  private constructor(readonly names: readonly string[]) {}

  /** Listens for QEMU in this folder. */
  static async listen(names: readonly string[], directory: string): Promise<Ports> {
    const ports = new Ports(names);
    for (const name of names) {
      const server = createServer();
      ports.#servers.push(server);
      const arrival = new Promise<Socket>((resolve) => {
        server.once('connection', (socket) => {
          // When QEMU ends, that is reported by its own end.
          socket.on('error', () => {});
          ports.#sockets.set(name, socket);
          resolve(socket);
        });
      });
      ports.#arrivals.set(name, arrival);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(join(directory, fileOf(name)), resolve);
      });
    }
    return ports;
  }

  /** The socket of a port, once QEMU is there. */
  socket(name: string): Promise<Socket> {
    return this.#arrivals.get(name)!;
  }

  /** For QEMU's command line, which is run in the folder of the sockets. */
  qemuArguments(): string[] {
    return [
      ...['-device', `virtio-serial-pci,max_ports=${this.names.length + 1}`],
      ...this.names.flatMap((name, index) => [
        ...['-chardev', `socket,id=port${index},path=${fileOf(name)}`],
        '-device',
        `${name === promptPort ? 'virtconsole' : 'virtserialport'},nr=${index + 1},chardev=port${index},name=${name}`,
      ]),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.values()) socket.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }
}
