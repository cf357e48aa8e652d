/** Stands for a network in which the distro's archive can be reached. */
export const theNetwork = 'the network';

/** Stands for what no test can do without. */
export const anything = 'anything';
