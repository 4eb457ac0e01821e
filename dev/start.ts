import { startShop } from './local-shop.ts'

const shop = await startShop({
  env: process.env,
  watch: process.argv.includes('--watch'),
  print: (line) => process.stdout.write(`${line}\n`),
}).catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`)
  process.exit(1)
})

let asked = 0
async function stop() {
  if (++asked > 1) return shop.hurry()
  await shop.stop()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
shop.failed.then((error) => {
  process.stderr.write(`\n${error.message}\n`)
  process.exit(1)
})
