/** Who owns a child: the controller reference says it, and nothing else does. */
import { API_VERSION, GROUP, KIND } from '../../workflows/names.ts';
import type { ChildState } from '../../workflows/facts.ts';
import type { Live, OwnerReference } from './objects.ts';

/** What tells one network from another. */
export interface Owner {
  name: string;
  uid: string;
}

/**
 * The reference by which garbage collection finds a network's children. It holds up a foreground deletion of the network
 * until the children are gone, so that `kubectl delete --cascade=foreground` means what it says.
 */
export const ownerReference = ({ name, uid }: Owner): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const controllerOf = ({ metadata }: Live): OwnerReference | null =>
  metadata.ownerReferences?.find((reference) => reference.controller === true) ?? null;

export const isControlledBy = (object: Live, uid: string): boolean => controllerOf(object)?.uid === uid;

/** @param drifted whether a child that is ours differs from what it should be */
export function childState<T extends Live>(
  object: T | null,
  owner: Owner,
  drifted: (object: T) => boolean,
): ChildState {
  if (object === null) return 'missing';
  const controller = controllerOf(object);
  if (controller?.uid === owner.uid) {
    if (object.metadata.deletionTimestamp !== undefined) return 'dying';
    return drifted(object) ? 'drifted' : 'ours';
  }
  return isPredecessor(controller, owner) ? 'dying' : 'foreign';
}

/** A network of the same name but another UID is gone: two cannot exist at once. Garbage collection takes its children. */
const isPredecessor = (controller: OwnerReference | null, owner: Owner): boolean =>
  controller?.kind === KIND && controller.name === owner.name && controller.apiVersion.startsWith(`${GROUP}/`);
