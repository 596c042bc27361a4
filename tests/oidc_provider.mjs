// A real OpenID provider for the tests: npm's oidc-provider on this machine, and ID tokens that it can be told to spoil.
// node oidc_provider.mjs FOLDER_WITH_NODE_MODULES PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
// /test/set?roles=planner&token=forged says what the next log-ins get.
import crypto from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port, clientId, clientSecret, redirectUri] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(path.join(folder, 'node_modules/oidc-provider/lib/index.js')));
const kid = 'test';
const pair = () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const ours = pair();
const another = pair();
const issuer = `http://127.0.0.1:${port}`;
const state = { roles: 'planner', token: 'good', verified: 'true' };

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function signed(payload, key = ours.privateKey, alg = 'RS256') {
  const text = `${encoded({ alg, kid, typ: 'JWT' })}.${encoded(payload)}`;
  if (alg === 'none') return `${text}.`;
  if (alg === 'HS256') return `${text}.${crypto.createHmac('sha256', key).update(text).digest('base64url')}`;
  return `${text}.${crypto.sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
const now = () => Math.floor(Date.now() / 1000);
const publicPem = ours.publicKey.export({ type: 'spki', format: 'pem' });
const spoilt = {
  wrong_audience: (p) => signed({ ...p, aud: 'another-program' }),
  wrong_audience_for_us: (p) => signed({ ...p, aud: 'another-program', azp: clientId }),
  wrong_issuer: (p) => signed({ ...p, iss: 'http://127.0.0.1:1' }),
  wrong_nonce: (p) => signed({ ...p, nonce: 'another' }),
  expired: (p) => signed({ ...p, iat: now() - 7200, exp: now() - 3600 }),
  old: (p) => signed({ ...p, iat: now() - 9 * 3600, exp: now() + 3600 }),
  forged: (p) => signed(p, another.privateKey),
  changed: (p, token) => [token.split('.')[0], encoded({ ...p, roles: ['admin'] }), token.split('.')[2]].join('.'),
  none: (p) => signed(p, null, 'none'),
  hs256: (p) => signed(p, publicPem, 'HS256'),
};

const provider = new Provider(issuer, {
  clients: [{
    client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri],
    post_logout_redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'],
  }],
  jwks: { keys: [{ ...ours.privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['roles', 'name'] },
  conformIdTokenClaims: false,
  cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<!DOCTYPE html><title>Log out</title>${form}
          <button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Yes, log me out</button>`;
      },
    },
  },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, email: `${id}@example.org`, email_verified: state.verified === 'true', name: id,
      roles: state.roles.split(',').filter(Boolean),
    }),
  }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === '/test/set') {
    Object.assign(state, ctx.query);
    ctx.body = state;
    return;
  }
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token && spoilt[state.token]) {
    const token = ctx.body.id_token;
    const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    delete payload.at_hash;
    ctx.body = { ...ctx.body, id_token: spoilt[state.token](payload, token) };
  }
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
