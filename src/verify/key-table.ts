import { type Authenticator, createAuthenticator } from '../srtp/authenticator.ts'
