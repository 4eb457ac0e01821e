import { startShop } from './local-shop.ts'

const shop = await startShop({
  env: process.env,
  watch: process.argv.includes('--watch'),
  print: (line) => process.stdout.write(`${line}\n`),
}).catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`)
  process.exit(1)
})

let isStopping = false
/** Stops the shop; a second signal kills it. */
async function stop() {
  if (isStopping) return shop.kill()
  isStopping = true
  await shop.stop()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
shop.failed.then((error) => {
  process.stderr.write(`\n${error.message}\n`)
  process.exit(1)
})
