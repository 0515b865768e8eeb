import { setFlagsFromString } from 'node:v8';
import { keepCompiledCode } from './compiled-code.ts';

/**
 * What the program asks of V8 before its other files are loaded.
 * @param first the first word of a command line that does not ask for help
 */
export function prepareV8(first?: string): void {
  // Compiled code depends on the flags: they are set first.
  compileWebAssemblyOnce();
  keepCompiledCode(first);
}

/**
 * V8 recompiles undici's WebAssembly parser in the background. On Node 20 the exit waits for it: 100 ms and
 * 35 MB for a short chat. On Node 24 it takes a third of the CPU of 200,000 chunks, and 20 MB.
 */
function compileWebAssemblyOnce(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
