import CKernels

/// The product of images' patches and a kernel, if many taps lie outside the images or between the places of a strided
/// output. It serves the gradient of a convolution's input, and convolutions of small padded images.
///
/// A tile holds one position of several images. So the same taps lie outside for all its rows, and are skipped. The
/// bits are the same as with the other methods.
struct ImagesProduct {
    private let product: ls_product
    private let images: Int

    /// Nil if nearly all taps lie inside, or if other methods are better.
    init?(_ product: ls_product, _ kernels: ls_kernels) {
        guard let patches = product.a.patches, product.a.column_stride == 1 else { return nil }
        let (y, x) = (patches.pointee.y, patches.pointee.x)
        images = product.rows / (y.positions * x.positions)
        let tiles = (images + kernels.tile_rows - 1) / kernels.tile_rows
        // Empty rows of the last tile must cost less than the taps outside.
        guard 8 * tiles * kernels.tile_rows <= 9 * images, y.taps * x.taps <= kernels.image_taps,
            ls_share_inside(patches) < 7.0 / 8
        else { return nil }
        self.product = product
    }

    func run(epilogue: Epilogue, on crew: Crew) {
        let kernels = crew.kernels
        let panels = kernels.columnPanels(product)
        let tiles = (images + kernels.tile_rows - 1) / kernels.tile_rows
        let blocks = (tiles + kernels.image_tiles - 1) / kernels.image_tiles
        let packed = crew.scratch(panels * kernels.tile_columns * product.depth)
        pack(product, isRows: false, panels: panels, depths: Depths(whole: product.depth), to: packed, on: crew)
        let work = ImageBlocks(
            product: product, kernels: kernels, epilogue: epilogue, packed: packed, images: images,
            size: (tiles + blocks - 1) / blocks * kernels.tile_rows, cut: crew.cut(blocks, grain: 1))
        crew.perform(work, chunks: work.cut.chunks)
    }
}

private struct ImageBlocks: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let epilogue: Epilogue
    let packed: UnsafePointer<Float>
    let images: Int
    /// Images of a block.
    let size: Int
    let cut: Cut

    init(
        product: ls_product, kernels: ls_kernels, epilogue: Epilogue, packed: UnsafeMutablePointer<Float>, images: Int,
        size: Int, cut: Cut
    ) {
        (self.product, self.kernels, self.epilogue, self.packed) = (product, kernels, epilogue, packed.asConstant)
        (self.images, self.size, self.cut) = (images, size, cut)
    }

    func run(chunk: Int) {
        let positions = product.rows / images
        for block in cut[chunk] where block * size < images {
            let (first, last) = (block * size, min((block + 1) * size, images))
            withUnsafePointer(to: product) { kernels.multiply_images($0, packed, first, last) }
            epilogue.apply(product, rows: first * positions..<last * positions, kernels)
        }
    }
}
