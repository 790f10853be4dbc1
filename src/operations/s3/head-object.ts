import { chooseRange, objectResponse, unlessNotModified } from './get-object.ts'
import type { ObjectOperation } from './s3-context.ts'

/** HeadObject: what GetObject would answer, without the bytes. */
export const headObject: ObjectOperation = (context, request, { bucket, key }) =>
  unlessNotModified(async () => {
    const info = await context.objects.head(bucket, key)
    return objectResponse(request, info, chooseRange(context, request, info))
  })
