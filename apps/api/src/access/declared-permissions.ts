import { Inject, Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { PATH_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { Permission } from '@interoffice/contract';
import { NEEDS } from './permission.js';

/** One route of the API and what it needs; nothing means it is public. */
export interface DeclaredRoute {
  readonly method: string;
  readonly path: string;
  readonly needs: readonly Permission[];
}

/** Knows every route, and stops the start when one does not say what it needs. */
@Injectable()
export class DeclaredPermissions implements OnModuleInit {
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  readonly #reflector: Reflector;

  constructor(
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#discovery = discovery;
    this.#scanner = scanner;
    this.#reflector = reflector;
  }

  onModuleInit(): void {
    this.routes();
  }

  /** Every route there is. Throws, naming it, for one that does not declare what it needs. */
  routes(): DeclaredRoute[] {
    return this.#discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (!metatype || typeof instance !== 'object' || instance === null) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
      const base = this.#reflector.get<string | undefined>(PATH_METADATA, metatype) ?? '';
      return this.#scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name];
        const path = handler && this.#reflector.get<string | undefined>(PATH_METADATA, handler);
        if (!handler || path === undefined) return [];
        const needs = this.#reflector.get<readonly Permission[] | undefined>(NEEDS, handler);
        if (!needs)
          throw new Error(`${metatype.name}.${name} does not declare a permission: add @Permission or @Public`);
        const method = RequestMethod[this.#reflector.get<RequestMethod>(METHOD_METADATA, handler)];
        return [{ method, path: `/${base}/${path}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'), needs }];
      });
    });
  }
}
