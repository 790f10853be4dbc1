import { withPart } from './asked-part.ts'
import { chooseRange, objectResponse, unlessNotModified } from './get-object.ts'
import type { ObjectOperation } from './s3-context.ts'

/** HeadObject: what GetObject would answer, without the bytes. */
export const headObject: ObjectOperation = (context, request, address) =>
  unlessNotModified(() =>
    withPart(context, request, address, async (part) => {
      const info = await context.objects.head(address.bucket, address.key)
      return objectResponse(request, info, chooseRange(context, request, info, part), part)
    }),
  )
