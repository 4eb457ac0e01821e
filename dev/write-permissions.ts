/** Writes docs/permissions.md from the routes and roles of the code: npx bun dev/write-permissions.ts */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PERMISSIONS_FILE, permissionsDocument } from './permissions.ts'

writeFileSync(join(resolve(import.meta.dirname, '..'), PERMISSIONS_FILE), permissionsDocument())
