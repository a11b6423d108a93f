import { expect, test } from '@jest/globals';
import { stagingModules, toolModule } from '../../deploy/local/parts/go-build.ts';
import { StackError } from '../../deploy/local/stack-error.ts';
import { ETCD_VERSION, KUBERNETES_STAGING_VERSION, KUBERNETES_VERSION } from '../../deploy/local/versions.ts';

const GO_MOD = `// This is a generated file.
module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	github.com/a/b v1.2.3
	k8s.io/api v0.0.0
	k8s.io/utils v0.0.0-20260101000000-000000000000
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/kubectl => ./staging/src/k8s.io/kubectl
	github.com/a/b => github.com/c/b v1.2.3
)

replace k8s.io/metrics => ./staging/src/k8s.io/metrics
`;

test('the staging modules are those that are replaced by folders, and no others', () => {
  expect(stagingModules(GO_MOD)).toEqual(['k8s.io/api', 'k8s.io/kubectl', 'k8s.io/metrics']);
});

test('the generated module has the programs as tools, and published modules in the place of folders', () => {
  const text = toolModule(GO_MOD, ['k8s.io/kubernetes/cmd/kubelet', 'go.etcd.io/etcd/server/v3']);
  expect(text).toBe(`module btcnet.local/parts
go 1.26.0
tool (
	k8s.io/kubernetes/cmd/kubelet
	go.etcd.io/etcd/server/v3
)
require (
	k8s.io/kubernetes v${KUBERNETES_VERSION}
	go.etcd.io/etcd/server/v3 v${ETCD_VERSION}
)
replace (
	k8s.io/api => k8s.io/api v${KUBERNETES_STAGING_VERSION}
	k8s.io/kubectl => k8s.io/kubectl v${KUBERNETES_STAGING_VERSION}
	k8s.io/metrics => k8s.io/metrics v${KUBERNETES_STAGING_VERSION}
)
`);
});

test('staging modules are published as version 0 of what Kubernetes is in version 1', () => {
  expect(`1.${KUBERNETES_STAGING_VERSION.slice(2)}`).toBe(KUBERNETES_VERSION);
  expect(KUBERNETES_STAGING_VERSION).toMatch(/^0\.\d+\.\d+$/);
});

test.each(['', 'module k8s.io/kubernetes\n\ngo 1.26.0\n', GO_MOD.replace(/^go .*$/m, '')])(
  'a go.mod that looks otherwise is refused in words, not built: %#',
  (text) => {
    expect(() => toolModule(text, [])).toThrow(StackError);
  },
);
