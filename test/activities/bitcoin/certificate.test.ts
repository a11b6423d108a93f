import { expect, test } from '@jest/globals';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { issueCertificate } from '../../../activities/bitcoin/certificate.ts';

const now = new Date('2026-06-01T12:00:00Z');
const issued = await issueCertificate({ hosts: ['*.my-network-svc.ns.svc', 'localhost'], now });
const ca = new X509Certificate(issued.ca);
const certificate = new X509Certificate(issued.certificate);

test('the certificate is for the hosts it was asked for, wildcards included, and no others', () => {
  expect(certificate.checkHost('my-network-sts-4999.my-network-svc.ns.svc')).toBe('*.my-network-svc.ns.svc');
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkHost('my-network-sts-0.my-network-svc.other.svc')).toBeUndefined();
  expect(certificate.checkHost('a.b.my-network-svc.ns.svc')).toBeUndefined();
});

test('its authority has signed it, and is the only one that can be an authority', () => {
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect([ca.ca, certificate.ca]).toEqual([true, false]);
});

test('the key belongs to the certificate, and the authority’s key is nowhere', () => {
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  expect([issued.ca, issued.certificate, issued.key].filter((pem) => pem.includes('PRIVATE'))).toEqual([issued.key]);
});

test('it is for servers, for ten years', () => {
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(new Date(certificate.validTo)).toEqual(new Date('2036-06-01T12:00:00Z'));
  expect(new Date(certificate.validFrom).getTime()).toBeLessThan(now.getTime());
});

test('no two are alike', async () => {
  const other = await issueCertificate({ hosts: ['localhost'], now });
  expect(other.ca).not.toBe(issued.ca);
  expect(new X509Certificate(other.certificate).verify(ca.publicKey)).toBe(false);
});
