import Lockstep

extension Network {
    /// VGG16 (Simonyan and Zisserman, 2014), as `keras.applications` has it: 138,357,544 parameters with images of
    /// 224×224 and 1000 classes.
    static func vgg16(_ images: SymbolicTensor) -> SymbolicTensor {
        var x = images
        for (filters, convolutions) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
            for _ in 0..<convolutions {
                x = Conv2D(filters, kernelSize: 3, padding: .same, activation: .relu)(x)
            }
            x = MaxPooling2D(2)(x)
        }
        x = Dense(4096, activation: .relu)(Flatten()(x))
        return classes(Dense(4096, activation: .relu)(x))
    }
}
