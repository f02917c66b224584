// Nchan, a publish/subscribe module of nginx in C: one worker, its files in a folder of their own.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { machineError, serverError } from '../cli/exit.ts'
import { freePorts, type Program, startProgram } from '../fleet/program.ts'
import { makeFolder, removeFolder } from '../machine/folders.ts'
import type { RunningContestant } from './contestant.ts'

const MODULES = ['/usr/lib/nginx/modules/ngx_nchan_module.so', '/usr/lib64/nginx/modules/ngx_nchan_module.so']
const PACKAGES = 'nginx libnginx-mod-nchan'
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
  if (!module) throw machineError('Nchan is not installed', `npm run setup, or: apt-get install ${PACKAGES}`)
  const folder = await makeFolder('nchan')
  let program: Program | undefined
  const end = async (): Promise<void> => {
    // Its master ends the worker; killed, it would leave it behind.
    await program?.end()
    await removeFolder(folder)
  }
  try {
    const [port] = (await freePorts(1)) as [number]
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, module, port))
    program = await startProgram({
      name: 'nginx',
      command: 'nginx',
      args: ['-p', folder, '-c', join(folder, 'nginx.conf')],
      port,
      packages: PACKAGES,
    })
    return { port, pids: await workersOf(program.process.pid!), died: program.died, end }
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
