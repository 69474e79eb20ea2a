import LockstepCompute

/// How the kernel of a convolution over volumes becomes one over images. A volume's frames are stacked as channels, so
/// the taps along the depth become the slower part of a kernel's channels:
/// `[depth, height, width, channels, …]` becomes `[height, width, depth·channels, …]`.
struct KernelOrder {
    /// The kernel's dimension along the depth; none for images and sequences, whose kernels stay as they are.
    let planes: [Int]
    /// Taps of an image.
    let taps: Int
    /// Taps along the depth.
    var depth: Int { planes.first ?? 1 }

    /// Room that the other order needs.
    func scratch(_ kernel: Shape) -> [Shape] { depth == 1 ? [] : [[kernel.count]] }

    /// The kernel for images.
    ///
    /// - Parameter scratch: the tensor of `scratch`, if any; overwritten with the result.
    func ofImages(_ kernel: Tensor, scratch: Tensor?) -> Tensor {
        guard let scratch else { return kernel }
        copy(kernel, to: scratch, isBack: false)
        return scratch.part(at: 0, shape: imageShape(kernel.shape))
    }

    /// The kernel's gradient in a weight's memory, which is computed in the order of images there.
    func ofImages(gradient: Tensor) -> Tensor {
        depth == 1 ? gradient : gradient.part(at: 0, shape: imageShape(gradient.shape))
    }

    /// Puts a gradient that was computed in the order of images into the weight's order.
    func restore(gradient: Tensor, scratch: Tensor?) {
        guard let scratch else { return }
        copy(gradient, to: scratch, isBack: true)
        gradient.pointer.update(from: scratch.pointer, count: gradient.count)
    }

    private func imageShape(_ kernel: Shape) -> Shape {
        let d = kernel.dimensions
        return Shape(Array(d[1..<d.count - 2]) + [depth * d[d.count - 2], d[d.count - 1]])
    }

    private func copy(_ from: Tensor, to: Tensor, isBack: Bool) {
        let block = from.count / (depth * taps)
        for plane in 0..<depth {
            for tap in 0..<taps {
                let (volume, image) = ((plane * taps + tap) * block, (tap * depth + plane) * block)
                (to.pointer + (isBack ? volume : image)).update(
                    from: from.pointer + (isBack ? image : volume), count: block)
            }
        }
    }
}
