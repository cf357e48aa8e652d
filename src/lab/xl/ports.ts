/**
 * The serial ports between this machine and dom0: each is a socket on which QEMU calls, and
 * /dev/lab/<name> in dom0.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** Dom0 has this one as a terminal, too: /dev/hvc1. */
export const promptPort = 'prompt';
/** QEMU's monitor, which dom0 knows nothing of. */
export const monitorPort = 'QMP';
/** Every machine has as many ports for consoles, so that one snapshot fits all scenarios. */
const consoleSlots = 16;

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
    return portArguments(this.names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.values()) socket.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }
}

/** QEMU's arguments for ports of which these are connected; the names that are not are left open. */
export function portArguments(connected: readonly string[]): string[] {
  const consoles = connected.filter((name) => !['control', promptPort, monitorPort].includes(name));
  const spare = Array.from(
    { length: consoleSlots - consoles.length },
    (_, index) => `none${index}`,
  );
  const names = ['control', promptPort, ...consoles, ...spare];
  return [
    ...['-chardev', `socket,id=monitor,path=${fileOf(monitorPort)}`],
    ...['-mon', 'chardev=monitor,mode=control'],
    ...['-device', `virtio-serial-pci,max_ports=${names.length + 1}`],
    ...names.flatMap((name, index) => {
      const id = `port${index}`;
      const kind = name === promptPort ? 'virtconsole' : 'virtserialport';
      const end = connected.includes(name)
        ? `socket,id=${id},path=${fileOf(name)}`
        : `null,id=${id}`;
      const device = `${kind},nr=${index + 1},chardev=${id},name=${name}`;
      return ['-chardev', end, '-device', device];
    }),
  ];
}
