import { statfs } from 'node:fs/promises';
import { CodedError } from '@cinnabar/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS, UPLOAD_FOLDER } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { noRoom } from '../../workers/disk-full.ts';

const MIB = 1024 * 1024;
/** Uploads leave so much of the disk free, or a tenth of it where that is less: the database may lie there too. */
const DISK_RESERVE_BYTES = 1024 * MIB;
/** How far a document grows before the disk is looked at again. */
const LOOK_AFTER_BYTES = 64 * MIB;

/** Who may upload how much at once: what one caller takes is not left to the others. */
@Injectable()
export class UploadSpace {
  private readonly log = new Logger('Upload');
  private readonly counts = new Map<string, number>();
  private uploads = 0;
  /** Of all uploads: what was announced, or arrived where that is more. */
  private takenBytes = 0;
  /** Of these, what the disk does not have yet. */
  private expectedBytes = 0;

  constructor(
    @Inject(UPLOAD_FOLDER) private readonly folder: string,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /**
   * Takes a place for one upload.
   *
   * @param announcedBytes 0 where the caller did not say
   * @throws CodedError `too-many-requests`; `body-too-large` for what can never fit
   */
  async enter(userid: string, announcedBytes: number): Promise<UploadPlace> {
    const { uploads } = this.settings;
    const own = this.counts.get(userid) ?? 0;
    // One caller alone does not hold all places, however slow his uploads are.
    if (this.uploads >= uploads || own >= Math.ceil(uploads / 2))
      throw new CodedError('too-many-requests', 'too many uploads at once; try again');
    this.requireFits(announcedBytes, announcedBytes);
    this.take(announcedBytes);
    this.uploads++;
    this.counts.set(userid, own + 1);
    const place = new UploadPlace(this, userid, announcedBytes);
    try {
      await this.requireDisk();
      return place;
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  /**
   * @param bytes that one upload needs beyond what it has taken
   * @param totalBytes that it then has
   * @throws CodedError `too-many-requests`, `body-too-large`
   */
  requireFits(bytes: number, totalBytes: number): void {
    const { uploadSpaceMib } = this.settings;
    if (uploadSpaceMib === undefined) return;
    if (totalBytes > uploadSpaceMib * MIB)
      throw new CodedError(
        'body-too-large',
        `the document is larger than the ${uploadSpaceMib} MiB that there are for documents`,
      );
    if (this.takenBytes + bytes > uploadSpaceMib * MIB) throw noRoom();
  }

  take(bytes: number): void {
    this.takenBytes += bytes;
    this.expectedBytes += bytes;
  }

  arrived(bytes: number): void {
    this.expectedBytes -= bytes;
  }

  /** @throws CodedError `too-many-requests` where the disk would not have enough left */
  async requireDisk(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.folder);
    if (bavail * bsize - this.expectedBytes >= Math.min(DISK_RESERVE_BYTES, (blocks * bsize) / 10)) return;
    this.log.error('uploads are refused: the disk of CINNABAR_HOME is nearly full');
    throw noRoom();
  }

  leave(userid: string, takenBytes: number, expectedBytes: number): void {
    this.uploads--;
    this.takenBytes -= takenBytes;
    this.expectedBytes -= expectedBytes;
    const left = (this.counts.get(userid) ?? 1) - 1;
    if (left === 0) this.counts.delete(userid);
    else this.counts.set(userid, left);
  }
}

/** One upload's share, held until its file is removed. */
export class UploadPlace {
  private readonly space: UploadSpace;
  private readonly userid: string;
  private takenBytes: number;
  private arrivedBytes = 0;
  private lookedAtBytes = 0;
  private isLeft = false;

  constructor(space: UploadSpace, userid: string, announcedBytes: number) {
    this.space = space;
    this.userid = userid;
    this.takenBytes = announcedBytes;
  }

  /**
   * Counts what arrives, before it is written.
   *
   * @throws CodedError `too-many-requests`, `body-too-large`
   */
  async grow(bytes: number): Promise<void> {
    const beyond = this.arrivedBytes + bytes - this.takenBytes;
    if (beyond > 0) {
      this.space.requireFits(beyond, this.arrivedBytes + bytes);
      this.space.take(beyond);
      this.takenBytes += beyond;
    }
    this.arrivedBytes += bytes;
    this.space.arrived(bytes);
    if (this.arrivedBytes - this.lookedAtBytes < LOOK_AFTER_BYTES) return;
    this.lookedAtBytes = this.arrivedBytes;
    await this.space.requireDisk();
  }

  leave(): void {
    if (this.isLeft) return;
    this.isLeft = true;
    this.space.leave(this.userid, this.takenBytes, this.takenBytes - this.arrivedBytes);
  }
}
