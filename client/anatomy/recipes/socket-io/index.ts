// The recipe's two files as text.
export { default as client } from './client.js?raw'
export { default as server } from './server.js?raw'
