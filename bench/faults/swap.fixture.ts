// Preloaded: takes modules for others as LAB_SWAP says ({"end of a URL": "URL"}), so that a fault needs no hook in the product.
import { register } from 'node:module'

register('./swap-hooks.fixture.js', import.meta.url)
