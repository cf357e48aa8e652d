/** Whether $STUBFORGE_DEBUG asks for what --debug asks for. */
export const debugVariable = (): boolean =>
  !['', '0', undefined].includes(process.env.STUBFORGE_DEBUG);
