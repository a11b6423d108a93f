import { ensureParts } from './parts/install.ts';
import { Progress } from './progress.ts';

const progress = new Progress();
const programs = await ensureParts(progress);
console.log(Object.fromEntries(programs));
