/** Prints the token for the origin's metrics and inventory (docs/operations.md), derived from the first secret of TOKEN_SECRET. */
import * as z from 'zod'
import { internalToken } from '../contract/internal-access.ts'
import { tokenSecret } from '../contract/tokens.ts'

const env = z.object({ TOKEN_SECRET: tokenSecret }).parse(process.env)
process.stdout.write(`${internalToken(env.TOKEN_SECRET)}\n`)
