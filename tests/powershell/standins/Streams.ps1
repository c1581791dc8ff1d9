# Write-*: what goes to which stream.

function Write-Output {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromRemainingArguments)]
        [AllowNull()] [AllowEmptyCollection()] [psobject] $InputObject,
        [switch] $NoEnumerate)
    process {
        # Several words come as one list of all that remained, each of them an object of its own.
        if ($null -eq $InputObject) { $PSCmdlet.WriteObject($null); return }
        $PSCmdlet.WriteObject($InputObject, -not $NoEnumerate)
    }
}

function Write-Error {
    [CmdletBinding(DefaultParameterSetName = 'NoException')]
    param(
        [Parameter(ParameterSetName = 'NoException', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'WithException')]
        [Alias('Msg')] [AllowNull()] [AllowEmptyString()] [string] $Message,
        [Parameter(ParameterSetName = 'WithException', Mandatory, Position = 0)] [Exception] $Exception,
        [Parameter(ParameterSetName = 'ErrorRecord', Mandatory, Position = 0)] [Management.Automation.ErrorRecord] $ErrorRecord,
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [Management.Automation.ErrorCategory] $Category = 'NotSpecified',
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [string] $ErrorId = 'Microsoft.PowerShell.Commands.WriteErrorException',
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [object] $TargetObject,
        [string] $RecommendedAction)
    process {
        . $CallersPreferences $PSCmdlet
        if ($null -ne $ErrorRecord) { $PSCmdlet.WriteError($ErrorRecord); return }
        $what = $Exception
        if ($null -eq $what) { $what = [InvalidOperationException]::new($Message) }
        $record = [Management.Automation.ErrorRecord]::new($what, $ErrorId, $Category, $TargetObject)
        if ($Message -and $null -ne $Exception) { $record.ErrorDetails = $Message }
        if ($RecommendedAction) {
            if ($null -eq $record.ErrorDetails) { $record.ErrorDetails = $Message }
            $record.ErrorDetails.RecommendedAction = $RecommendedAction
        }
        $PSCmdlet.WriteError($record)
    }
}

function Write-Warning {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [Alias('Msg')] [AllowEmptyString()] [string] $Message)
    process {
        . $CallersPreferences $PSCmdlet
        $PSCmdlet.WriteWarning($Message)
    }
}

function Write-Verbose {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [Alias('Msg')] [AllowEmptyString()] [string] $Message)
    process {
        . $CallersPreferences $PSCmdlet
        $PSCmdlet.WriteVerbose($Message)
    }
}

function Write-Debug {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [Alias('Msg')] [AllowEmptyString()] [string] $Message)
    process {
        . $CallersPreferences $PSCmdlet
        $PSCmdlet.WriteDebug($Message)
    }
}

function Write-Information {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [Alias('Msg', 'Message')] [AllowNull()] [object] $MessageData,
        [Parameter(Position = 1)] [string[]] $Tags = @())
    process {
        . $CallersPreferences $PSCmdlet
        $PSCmdlet.WriteInformation($MessageData, $Tags)
    }
}

function Write-Host {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromRemainingArguments)] [Alias('Msg', 'Message')] [object] $Object,
        [switch] $NoNewline,
        [object] $Separator = ' ',
        [ConsoleColor] $ForegroundColor,
        [ConsoleColor] $BackgroundColor)
    process {
        . $CallersPreferences $PSCmdlet
        $message = [Management.Automation.HostInformationMessage]::new()
        $message.Message = @($Object) -join [string] $Separator
        $message.NoNewLine = $NoNewline
        if ($PSBoundParameters.ContainsKey('ForegroundColor')) { $message.ForegroundColor = $ForegroundColor }
        if ($PSBoundParameters.ContainsKey('BackgroundColor')) { $message.BackgroundColor = $BackgroundColor }
        $PSCmdlet.WriteInformation($message, [string[]] 'PSHOST')
    }
}
