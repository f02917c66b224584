// Nchan, a publish/subscribe module of nginx in C: one worker, its files in a folder of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { machineError, serverError } from '../exit.ts'
import type { RunningContestant } from './contestant.ts'

const MODULES = ['/usr/lib/nginx/modules/ngx_nchan_module.so', '/usr/lib64/nginx/modules/ngx_nchan_module.so']
const START_MS = 10_000

/** Whether this machine has nginx with Nchan. */
export const hasNchan = (): boolean => MODULES.some(path => existsSync(path))

/** As root, nginx would give its worker to a user who may not enter the folder; otherwise it ignores the line. */
const configuration = (folder: string, module: string, port: number): string => `
load_module ${module};
daemon off;
user ${userInfo().username};
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 15000; multi_accept on; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  keepalive_timeout 600s;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /publish { nchan_publisher; nchan_channel_id notices; nchan_message_buffer_length 1000; }
    location = /subscribe { nchan_subscriber; nchan_channel_id notices; nchan_subscriber_first_message newest; }
  }
}
`

/** Starts nginx. Throws ExitError 3 where there is none, 4 where it does not listen within 10 s. */
export async function startNchan(): Promise<RunningContestant> {
  const module = MODULES.find(path => existsSync(path))
  if (!module)
    throw machineError('Nchan is not installed', 'npm run setup, or: apt-get install nginx libnginx-mod-nchan')
  const folder = await mkdtemp(join(tmpdir(), 'transport-lab-nchan-'))
  const port = await freePort()
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, module, port))
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore', detached: true })
  const ended = once(child, 'exit')
  ended.catch(() => {})
  const end = async (): Promise<void> => {
    // Its master ends the worker; killed, it would leave it behind.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await listening(port)
    return { port, pids: await workersOf(child.pid!), end }
  } catch (error) {
    await end()
    throw error
  }
}

/** nginx listens before its worker is there. */
async function workersOf(master: number): Promise<number[]> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    const children = (await readFile(`/proc/${master}/task/${master}/children`, 'utf8')).trim()
    if (children !== '') return children.split(' ').map(Number)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw serverError('nginx had no worker within 10 s')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      const told = (up: boolean) => () => {
        socket.destroy()
        resolve(up)
      }
      socket.once('connect', told(true)).once('error', told(false))
    })
    if (isUp) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw serverError('nginx did not listen within 10 s')
}
