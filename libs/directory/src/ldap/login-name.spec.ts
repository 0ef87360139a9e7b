import { describe, expect, it } from 'vitest';
import { readLoginName } from './login-name.js';

describe('a log-in name', () => {
  it.each([
    ['anna', { form: 'login', login: 'anna' }],
    ['anna.berg', { form: 'login', login: 'anna.berg' }],
    ['corp\\anna', { form: 'netbios', netbios: 'corp', login: 'anna' }],
    ['corp\\5canna', { form: 'netbios', netbios: 'corp', login: 'anna' }],
    ['corp\\5CAnna', { form: 'netbios', netbios: 'corp', login: 'Anna' }],
    ['anna\\40corp.example', { form: 'address', text: 'anna@corp.example', login: 'anna', suffix: 'corp.example' }],
    ['a@b@corp.example', { form: 'address', text: 'a@b@corp.example', login: 'a@b', suffix: 'corp.example' }],
    ['\\', { form: 'login', login: '\\' }],
    ['corp\\', { form: 'login', login: 'corp\\' }],
    ['\\anna', { form: 'login', login: '\\anna' }],
    ['\\40corp', { form: 'login', login: '@corp' }],
    ['', { form: 'login', login: '' }],
  ])('%j is read as what it is', (local, name) => expect(readLoginName(local)).toEqual(name));
});
