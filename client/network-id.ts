/** Which network: its namespace in Kubernetes, and its name there. */
export interface NetworkId {
  namespace: string;
  name: string;
}

/** `namespace/name`, as messages show it. */
export const printed = ({ namespace, name }: NetworkId): string => `${namespace}/${name}`;
