/** The stories whose histories are kept, by name: at least one for every way through the workflows' code. */
import type { Story } from './scene.ts';
import { lives } from './stories-lives.ts';
import { messages } from './stories-messages.ts';
import { troubles } from './stories-troubles.ts';
import { watches } from './stories-watches.ts';

export const STORIES: Readonly<Record<string, Story>> = { ...lives, ...messages, ...troubles, ...watches };
