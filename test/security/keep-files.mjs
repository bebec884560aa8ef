/* Loaded before the command (`node --import`): files that would be removed stay, so that a test can look into them. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

fs.unlinkSync = () => undefined
fs.rmSync = () => undefined
fs.promises.unlink = async () => undefined
syncBuiltinESMExports()
