import { describe, expect, it } from '@jest/globals';
import { organisationPolicy } from './organisation-policy.ts';

const NOTHING = { minLength: 1, letters: false, digits: false, symbols: false, distinct: 1 };

describe('an organisation’s policy', () => {
  it('asks for nothing where nothing is stored', () => {
    expect(organisationPolicy.parse({})).toEqual({ pin: NOTHING, otp: { callers: [] } });
  });

  it('asks for what is stored', () => {
    expect(organisationPolicy.parse({ pin: { minLength: 8, digits: true } })).toEqual({
      pin: { ...NOTHING, minLength: 8, digits: true },
      otp: { callers: [] },
    });
  });

  it.each([
    { pins: {} },
    { pin: { minLenght: 8 } },
    { pin: { minLength: '8' } },
    { pin: { minLength: 65 } },
    { pin: { minLength: 7.5 } },
    { pin: { letters: 'yes' } },
    { pin: { distinct: 0 } },
    { pin: null },
    { otp: { caller: ['portal'] } },
    { otp: { callers: 'portal' } },
    { otp: { callers: [''] } },
    { otp: { callers: [7] } },
    null,
    [],
  ])('refuses %j: a rule that cannot be read must not silently not hold', (policy) => {
    expect(organisationPolicy.safeParse(policy).success).toBe(false);
  });
});
