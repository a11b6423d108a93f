/** TLS certificates of a network's nodes: btcd speaks nothing but TLS as soon as it can be reached from outside. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** NIST P-256, which Go, Node and every TLS library take, with signatures over SHA-256. */
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };

/** A network lives shorter than its certificate: nothing renews it. */
const LIFETIME_YEARS = 10;

/** Milliseconds by which clocks of cluster and worker may differ. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** All PEM; `ca` is public, `key` (PKCS#8) is not. */
export interface IssuedCertificate {
  ca: string;
  certificate: string;
  key: string;
}

/**
 * A certificate for TLS servers under the given DNS names, which may be wildcards (`*.my-network-svc.ns.svc`), and the certificate
 * authority that signed it. The authority's key exists only in here: nobody can sign for this network ever again.
 */
export async function issueCertificate({ hosts, now }: { hosts: string[]; now: Date }): Promise<IssuedCertificate> {
  const notBefore = new Date(now.getTime() - CLOCK_SKEW_MS);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + LIFETIME_YEARS);
  const [caKeys, keys] = await Promise.all([newKeys(), newKeys()]);

  const ca = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      name: 'CN=btcnet network CA',
      notBefore,
      notAfter,
      keys: caKeys,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
        await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    },
    webcrypto,
  );
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerialNumber(),
      subject: 'CN=btcnet node',
      issuer: ca.subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value }))),
        await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { ca: asPem(ca.toString('pem')), certificate: asPem(certificate.toString('pem')), key: asPem(key) };
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);

/** 15 random bytes, positive whatever they are: RFC 5280 allows 20 octets. */
const newSerialNumber = (): string => `01${randomBytes(15).toString('hex')}`;

/** Ends with a newline, as Go and the tools that join PEM blocks like it. */
const asPem = (text: string): string => `${text.trim()}\n`;
