/** The version in package.json. The build replaces it. */
declare const __VERSION__: string;

export const VERSION = __VERSION__;
