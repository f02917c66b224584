// The bench as a program: words → plan → run → results/<id>/. Speaks first, loads the heavy parts afterwards.
import { mkdir } from 'node:fs/promises'
import { serverTransports } from '../server/transports/index.ts'
