# A secret as one line to a stream; the copy that this takes is wiped. (PtrToStringBSTR: PtrToStringAuto stops at the first
# zero byte on Linux.)
function Write-CadreSecret {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [securestring] $Secret,
        [Parameter(Mandatory)] [IO.TextWriter] $Writer)

    $memory = [Runtime.InteropServices.Marshal]::SecureStringToBSTR($Secret)
    try { $Writer.Write([Runtime.InteropServices.Marshal]::PtrToStringBSTR($memory) + "`n") }
    finally { [Runtime.InteropServices.Marshal]::ZeroFreeBSTR($memory) }
}
