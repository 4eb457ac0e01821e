/** The mail catcher of `npm start`, as a program of its own. */
import { startMailCatcher } from './catcher.ts'

const ports = { smtp: Number(process.env.MAIL_SMTP_PORT), page: Number(process.env.MAIL_PAGE_PORT) }
const catcher = await startMailCatcher(ports, () => new Date())
process.on('SIGTERM', () => void catcher.stop().then(() => process.exit(0)))
