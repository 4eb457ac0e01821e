/**
 * Setup of the unit tests: a connection through node:net, as the clients of Redis and MySQL open them, fails the test that opens it.
 * Connections to HTTP servers of the test itself are allowed.
 */
import { Server } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'

const ownPorts = new Set<number>()
const { listen } = Server.prototype
const { connect } = Socket.prototype

Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  this.once('listening', () => ownPorts.add((this.address() as AddressInfo).port))
  return Reflect.apply(listen, this, args)
}

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  if (!args.flat(2).some(isOwnPort)) {
    throw new Error(
      'A unit test must not open a connection. A test that imports test/shop.ts, or injects the stores, is an integration test',
    )
  }
  return Reflect.apply(connect, this, args)
}

function isOwnPort(argument: unknown): boolean {
  const port = typeof argument === 'object' && argument && 'port' in argument ? argument.port : argument
  return ownPorts.has(Number(port))
}
