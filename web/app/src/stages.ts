/** What is said about each stage. */
import type { Progress, Stage } from '../../lib/index.js';
import { megabytes } from './format.js';

/** In the order that is shown; a photo passes some of them. */
export const shownStages: readonly Stage[] = [
  'download',
  'setup',
  'inference',
  'refinement',
  'encode',
];

export const stageNames: Record<Stage, string> = {
  decode: 'Reading the photo',
  download: 'Downloading the model',
  store: 'Loading the model from this device',
  setup: 'Setting up',
  prepare: 'Finding the subject',
  inference: 'Finding the subject',
  refinement: 'Refining the edges',
  encode: 'Writing the picture',
};

export function describe({ stage, loaded, total }: Progress): string {
  const name = stageNames[stage];
  if (stage === 'download')
    return `${name}: ${megabytes(loaded)} of ${megabytes(total)}`;
  const percent = Math.floor((100 * loaded) / total);
  const counts = stage === 'inference' || stage === 'refinement';
  return counts ? `${name}: ${percent} %` : name;
}
